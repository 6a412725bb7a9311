import type { Drawing } from './drawing.ts';
import { escapeMarkup } from './escape-markup.ts';
import type { CsvCell } from './write-csv.ts';
import { writeSvg } from './write-svg.ts';

/** A table with more rows would take seconds to lay out; the CSV file has all. */
const MAX_ROWS = 1000;

export interface ReportFigure {
  readonly title: string;
  readonly summary: string;
  readonly drawing: Drawing | null;
  /** The titles first. */
  readonly rows: readonly (readonly CsvCell[])[] | null;
}

export interface Report {
  readonly title: string;
  /** Such as date, batch and version. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly warnings: readonly string[];
  readonly figures: readonly ReportFigure[];
  /** The options in force. */
  readonly options: readonly (readonly [name: string, value: string])[];
  /** The command that sends the same request. */
  readonly command: string;
  readonly colors: { readonly background: string; readonly foreground: string; readonly divider: string };
}

/** One HTML file that needs no server, no script and no other file. */
export function writeReport({ title, facts, warnings, figures, options, command, colors }: Report): string {
  const sections = figures.map(writeFigure).join('\n');
  const notes = warnings.map((text) => `<li>${escapeMarkup(text)}</li>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(title)}</title>
<link rel="icon" href="data:,">
<style>${styleSheet(colors)}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
${writeList(facts)}
${notes === '' ? '' : `<section><h2>Warnings</h2><ul>${notes}</ul></section>`}
${sections}
<section><h2>Options</h2>${writeList(options)}</section>
<section><h2>Repeat it</h2>
<p>This command sends the same request. It reads the request’s body from a file that the explorer saves.</p>
<pre tabindex="0">${escapeMarkup(command)}</pre></section>
</main>
</body>
</html>
`;
}

function writeFigure({ title, summary, drawing, rows }: ReportFigure): string {
  const parts = [
    `<h2>${escapeMarkup(title)}</h2>`,
    summary === '' ? '' : `<p>${escapeMarkup(summary)}</p>`,
    drawing
      ? `<div class="picture" role="region" tabindex="0" aria-label="${escapeMarkup(title)}, picture">${writeSvg(drawing)}</div>`
      : '',
    rows ? writeTable(title, rows, drawing === null) : '',
  ];
  return `<section>${parts.join('\n')}</section>`;
}

/** @param open whether it is shown at first: beside a picture it is not */
function writeTable(title: string, [titles = [], ...rows]: readonly (readonly CsvCell[])[], open: boolean): string {
  const head = titles.map((cell) => `<th scope="col">${escapeMarkup(String(cell ?? ''))}</th>`).join('');
  const body = rows.slice(0, MAX_ROWS).map((row) => {
    const cells = row.map((cell) => `<td>${writeCell(cell)}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  const rest = rows.length > MAX_ROWS ? `<p>${rows.length - MAX_ROWS} more rows are left out.</p>` : '';
  const table = `<table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
  return `<details${open ? ' open' : ''}><summary>Numbers</summary><div class="scroll" role="region" tabindex="0" aria-label="${escapeMarkup(title)}, numbers">${table}</div>${rest}</details>`;
}

function writeCell(cell: CsvCell): string {
  if (cell === null) return '–';
  return escapeMarkup(typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : cell);
}

function writeList(items: Report['facts']): string {
  const rows = items.map(([name, value]) => `<div><dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd></div>`);
  return `<dl>${rows.join('')}</dl>`;
}

function styleSheet({ background, foreground, divider }: Report['colors']): string {
  return `
:root { background: ${background}; color: ${foreground}; font: 16px/1.5 Arial, Helvetica, sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 1rem; }
h1, h2 { font-family: Georgia, "Times New Roman", serif; font-weight: 400; }
section { border-top: 1px solid ${divider}; padding: 0.5rem 0 1.5rem; break-inside: avoid; }
dl div { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.picture, .scroll, pre { overflow: auto; }
.scroll { max-height: 30rem; }
.picture svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.5rem; border-bottom: 1px solid ${divider}; text-align: right; }
@media (max-width: 40rem) { dl div { grid-template-columns: minmax(0, 1fr); gap: 0; } }
`;
}
