import { lineStarts, type Mutant } from './mutant.ts';

// AssemblyScript and WGSL have the operators of TypeScript, and types that no TypeScript parser understands. So these mutants
// are made from the text, outside comments: a few operators, each with the one slip that is most likely.

interface Operator {
  readonly name: string;
  readonly pattern: RegExp;
  readonly replace: (found: string) => string;
}

/** Operators have spaces around them, by the formatting of all sources; `<` of type arguments has none. */
const RELATIONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
  '!=': '==',
};
const ARITHMETIC: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '/', '/': '*', '&': '|', '|': '&' };
const LOGIC: Readonly<Record<string, string>> = { '&&': '||', '||': '&&' };
/** Calls of vector instructions and of the double numbers of WGSL. */
const CALLS: Readonly<Record<string, string>> = {
  add: 'sub',
  sub: 'add',
  min: 'max',
  max: 'min',
  lt: 'le',
  le: 'lt',
  gt: 'ge',
  ge: 'gt',
};

const OPERATORS: readonly Operator[] = [
  { name: 'relation', pattern: /(?<= )(?:[<>]=?|[!=]=)(?= )/g, replace: (found) => RELATIONS[found]! },
  { name: 'arithmetic', pattern: /(?<=[\w)\]] )[-+*/&|](?= )/g, replace: (found) => ARITHMETIC[found]! },
  { name: 'logic', pattern: /(?<= )(?:&&|\|\|)(?= )/g, replace: (found) => LOGIC[found]! },
  { name: 'call', pattern: /(?<=\b|\.)(?:add|sub|min|max|lt|le|gt|ge)(?=\()/g, replace: (found) => CALLS[found]! },
  { name: 'constant', pattern: /(?<![\w.<])\d+(?![\w.]|>)/g, replace: (found) => String(Number(found) + 1) },
  {
    name: 'statement',
    pattern:
      /(?<=\n {2,})(?!return\b|const\b|let\b|var\b|for\b|while\b|if\b)[\w.]+(?:<\w+>)?(?:\(| [-+*/|&]?= )[^\n]*;(?=\n)/g,
    replace: () => ';',
  },
];

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** @param inside whether an offset is in the code, and not in what surrounds a shader */
export function assemblyMutants(
  file: string,
  text: string,
  inside: (offset: number) => boolean = () => true,
): Mutant[] {
  const code = text.replaceAll(COMMENT, (comment) => (comment.includes('wgsl') ? comment : ' '.repeat(comment.length)));
  const starts = lineStarts(text);
  return OPERATORS.flatMap(({ name, pattern, replace }) =>
    Array.from(code.matchAll(pattern), ({ 0: found, index }) => {
      const line = starts.findLastIndex((start) => start <= index);
      return {
        file,
        operator: name,
        line: line + 1,
        column: index - starts[line]! + 1,
        start: index,
        end: index + found.length,
        replacement: replace(found),
      };
    }).filter(({ start, line }) => inside(start) && !/^import\b/.test(text.slice(starts[line - 1]!))),
  );
}

/** Whether an offset lies in a template that is marked as WGSL. */
export function insideWgsl(text: string): (offset: number) => boolean {
  const ranges = Array.from(
    text.matchAll(/\/\* wgsl \*\/ `[^`]*`/g),
    ({ 0: found, index }) => [index, index + found.length] as const,
  );
  return (offset) => ranges.some(([start, end]) => start <= offset && offset < end);
}
