import { count } from '../format.ts';
import { find, html } from '../html.ts';
import { clockTime, shortNumber } from './format-live.ts';
import type { History } from './history.ts';
import type { Moment } from './moment.ts';

type Cells = readonly string[];

/** Requests by route and status: at the selected moment, in the last five minutes, and since the service started. */
export function drawRouteTable(root: HTMLElement, history: History, selected: Moment | null): void {
  const totals = history.requestTotals();
  const requests = [...(history.last?.requests ?? [])].sort(([one], [other]) => one.localeCompare(other, 'en'));
  const rows = requests.map(([key, { method, route, status, count: total }]) => {
    const ended = selected?.requests.get(key)?.count ?? 0;
    const rate = selected ? ended / selected.seconds : 0;
    return [`${method} ${route}`, status, shortNumber(rate), count(totals.get(key) ?? 0), count(total)];
  });
  drawRows(root, rows);
}

/** Problems and warnings by code, and when the page last saw one. */
export function drawCodeTable(root: HTMLElement, history: History): void {
  const rows = history.codes.map(({ code, kind, total, seen, lastSeen }) => [
    code,
    kind,
    lastSeen === null ? 'before this page was opened' : clockTime(lastSeen),
    count(seen),
    count(total),
  ]);
  drawRows(root, rows);
}

export function drawEvents(root: HTMLElement, { events }: History): void {
  root.hidden = events.length === 0;
  find('ol', root).replaceChildren(
    ...events.map(({ time, text }) =>
      html('li', {}, html('time', { datetime: new Date(time).toISOString() }, clockTime(time)), ' ', text),
    ),
  );
}

function drawRows(root: HTMLElement, rows: readonly Cells[]): void {
  find('.none', root).hidden = rows.length > 0;
  find('.scroll-area', root).hidden = rows.length === 0;
  const elements = rows.map(([name, ...cells]) =>
    html('tr', {}, html('th', { scope: 'row', title: name! }, name!), ...cells.map((cell) => html('td', {}, cell))),
  );
  find('tbody', root).replaceChildren(...elements);
}
