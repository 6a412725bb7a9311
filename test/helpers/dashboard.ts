import { readFileSync } from 'node:fs';

// The Grafana dashboard, as far as tests look into it.

const FILE = new URL('../../docker/grafana/dashboards/focal-loss.json', import.meta.url);

interface Target {
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

interface Variable {
  readonly name: string;
  readonly query: { readonly query: string };
}

const dashboard = JSON.parse(readFileSync(FILE, 'utf8'));
export const panels: readonly Panel[] = dashboard.panels;
export const variables: readonly Variable[] = dashboard.templating.list;
export const targets = panels.flatMap((panel) => panel.targets ?? []);
/** PromQL, and what the variables ask for. */
export const queries = [...targets.map(({ expr }) => expr), ...variables.map(({ query }) => query.query)];
