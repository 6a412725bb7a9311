import { round } from './log-axis.ts';

/** Okabe and Ito's colours, input apart by colour-blind readers too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];
const MARKS = [circle, square, diamond, triangle];

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

/** Draws the mark of a series at x and y. */
export function markOf(index: number): (x: number, y: number) => string {
  return MARKS[index % MARKS.length]!;
}

function circle(x: number, y: number): string {
  return `<circle cx="${x}" cy="${y}" r="4"/>`;
}

function square(x: number, y: number): string {
  return `<path d="M${round(x - 3.5)} ${round(y - 3.5)}h7v7h-7z"/>`;
}

function diamond(x: number, y: number): string {
  return `<path d="M${x} ${round(y - 5)}l5 5-5 5-5-5z"/>`;
}

function triangle(x: number, y: number): string {
  return `<path d="M${x} ${round(y - 5)}l5 8.5h-10z"/>`;
}
