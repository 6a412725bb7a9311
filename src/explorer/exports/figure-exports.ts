import { find } from '../html.ts';
import { captureFigure } from './capture-figure.ts';
import type { Drawing } from './drawing.ts';
import { createExportMenu, type ExportItem } from './export-menu.ts';
import { fileName } from './file-name.ts';
import { paintPng } from './paint-png.ts';
import { saveFile } from './save-file.ts';
import { type CsvCell, writeCsv } from './write-csv.ts';
import { writeSvg } from './write-svg.ts';

export interface FigureExport {
  readonly figure: HTMLElement;
  /** The last part of the file names. */
  readonly name: string;
  /** What the figure is of, as batch and hyperparameters: the first parts of the file names. */
  readonly subject: () => readonly string[];
  /** A line below the picture. */
  readonly footnote: () => string;
  readonly hasPicture: boolean;
  /** The rows of its table, the titles first; absent if it has none. */
  readonly rows?: () => readonly (readonly CsvCell[])[];
}

/** Adds a menu that saves a figure as a picture, and its numbers as a table. */
export function addFigureExports(definition: FigureExport): void {
  const { figure, name, subject, hasPicture, rows } = definition;
  const save = (extension: string, content: Blob) => saveFile(fileName([...subject(), name], extension), content);
  const items: ExportItem[] = [];
  if (hasPicture) {
    items.push(
      {
        label: 'Picture (SVG)',
        save: () => save('svg', new Blob([writeSvg(drawFigure(definition))], { type: 'image/svg+xml' })),
      },
      { label: 'Picture (PNG)', save: async () => save('png', await paintPng(drawFigure(definition))) },
    );
  }
  if (rows) {
    items.push({
      label: 'Numbers (CSV)',
      save: () => save('csv', new Blob([writeCsv(rows())], { type: 'text/csv;charset=utf-8' })),
    });
  }
  find('.caption', figure).append(createExportMenu(titleOf(figure), items));
}

/** @param without further elements to leave out of the picture: a selector */
export function drawFigure({ figure, footnote }: FigureExport, without?: string): Drawing {
  return captureFigure(figure, {
    title: titleOf(figure),
    description: summaryOf(figure),
    ...(without === undefined ? { footnote: footnote() } : { without }),
  });
}

export function titleOf(figure: HTMLElement): string {
  return find('h2', figure).textContent ?? '';
}

export function summaryOf(figure: HTMLElement): string {
  return figure.querySelector('.summary')?.textContent ?? '';
}
