/** A part of a picture, in pixels from the picture's upper left corner, in the order of painting. */
export type Shape = PathShape | TextShape;

/** A stroke's color and form; the dashes are those of `stroke-dasharray`. */
export interface Stroke {
  readonly color: string;
  readonly width: number;
  readonly dashes: readonly number[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PathShape {
  readonly kind: 'path';
  /** SVG path data. */
  readonly data: string;
  /** From the coordinates of the data to pixels: a, b, c, d, e, f of an SVG matrix. */
  readonly matrix: readonly [number, number, number, number, number, number];
  /** null if it is not filled. */
  readonly fill: string | null;
  readonly stroke: Stroke | null;
  /** From 0 to 1. */
  readonly opacity: number;
  /** What lies outside is not painted. */
  readonly clip: Box | null;
}

/** Text on one line that starts at x, on the baseline y. */
export interface TextShape {
  readonly kind: 'text';
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** In degrees, clockwise, around its start. */
  readonly rotation: number;
  readonly color: string;
  readonly size: number;
  readonly family: string;
  readonly weight: string;
  readonly italic: boolean;
}

/** A picture as shapes alone, without styles: what SVG and a canvas can both paint, so that both look the same. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly title: string;
  /** The text alternative. */
  readonly description: string;
  readonly shapes: readonly Shape[];
}
