import { ApiKeyForm } from '../controls/api-key-form.ts';
import { addFigureExports } from '../exports/figure-exports.ts';
import { find } from '../html.ts';
import { readApiKey } from '../service/api-key.ts';
import { type Problem, ProblemError } from '../service/problem.ts';
import { clockTime, dayTime, shortBytes, shortNumber } from './format-live.ts';
import { History } from './history.ts';
import { LIVE_CHARTS, stageChart } from './live-charts.ts';
import { drawCodeTable, drawEvents, drawRouteTable } from './live-tables.ts';
import { MomentPicker } from './moment-picker.ts';
import { NumbersTable } from './numbers-table.ts';
import { INTERVAL_MS, Poller } from './poller.ts';
import { type EngineDevice, readEngineDevice, readMetrics } from './read-metrics.ts';
import { type Snapshot, STAGES } from './snapshot.ts';
import { TimeChart } from './time-chart.ts';

const UNAUTHORIZED = 401;

const state = find('.live-state');
const pauseButton = find<HTMLButtonElement>('.pause');
const figures = find('#figures');
const history = new History();
const picker = new MomentPicker(find('.moment'), showSelected);
const numbers = new NumbersTable(find<HTMLDetailsElement>('.numbers details'));
const charts = new Map(
  Object.entries(LIVE_CHARTS).map(([name, definition]) => {
    const host = find(`[data-chart=${name}]`, figures);
    return [name, new TimeChart(host, definition, (time) => picker.hover(time))] as const;
  }),
);
const apiKeyForm = new ApiKeyForm(find<HTMLFormElement>('.api-key'), start);
const poller = new Poller({ onSnapshot, onProblem });

let isPaused = false;
/** Since when the service has not responded, in milliseconds since 1970. */
let silentSince: number | null = null;
let device: EngineDevice | null = null;
/** The process and backend that `device` was read of. */
let deviceOf = '';

function start(): void {
  if (isPaused || document.hidden) return;
  showState(`Measuring every ${INTERVAL_MS / 1000} s`);
  poller.start();
}

async function onSnapshot(snapshot: Snapshot): Promise<void> {
  if (silentSince !== null) history.note(snapshot.time, `The service responds again, after ${since(silentSince)}.`);
  silentSince = null;
  showState(`Measuring every ${INTERVAL_MS / 1000} s`);
  figures.hidden = false;
  history.add(snapshot);
  draw();
  const current = `${snapshot.startTime} ${snapshot.engine} ${snapshot.ready}`;
  if (current === deviceOf) return;
  deviceOf = current;
  const { signal } = new AbortController();
  device = await readEngineDevice(signal).catch((error) => {
    if (error instanceof ProblemError) return null;
    throw error;
  });
  // So that this request is in no interval, and does not count as traffic.
  history.rebase(await readMetrics(signal));
  showEngine(snapshot);
}

function onProblem(problem: Problem, retryMs: number | null): void {
  if (problem.status === UNAUTHORIZED) {
    showState('Waiting for an API key', true);
    apiKeyForm.show(problem.detail);
    return;
  }
  if (silentSince === null) {
    silentSince = Date.now();
    if (history.last) history.note(silentSince, `${problem.title}. ${problem.detail}`);
    drawEvents(find('.events'), history);
  }
  const next = retryMs === null ? '' : ` Trying again in ${retryMs / 1000} s.`;
  showState(`No metrics since ${clockTime(silentSince)}. ${problem.title}: ${problem.detail}${next}`, true);
}

function draw(): void {
  const { moments, last } = history;
  const end = last?.time ?? Date.now();
  const stageTimes = STAGES.flatMap((stage) => charts.get(stageChart(stage))!.valuesOf(moments));
  // The stages share one axis, so that they can be compared.
  for (const [name, chart] of charts) {
    chart.draw(moments, end, STAGES.some((stage) => stageChart(stage) === name) ? stageTimes : []);
  }
  if (last) showEngine(last);
  const isEmpty = moments.every(({ requests }) => requests.size === 0);
  find('.no-traffic').hidden = !isEmpty || moments.length === 0;
  drawCodeTable(find('.codes'), history);
  drawEvents(find('.events'), history);
  numbers.show(moments);
  picker.moments = moments;
}

/** Shows the values of the selected moment everywhere. */
function showSelected(): void {
  const { selected, isLatest } = picker;
  for (const chart of charts.values()) chart.select(selected, !isLatest);
  drawRouteTable(find('.routes'), history, selected);
  const requests = Object.values(selected?.requestsPerSecond ?? {}).reduce((sum, rate) => sum + rate, 0);
  const values: Readonly<Record<string, string>> = selected
    ? {
        requests: shortNumber(requests),
        elements: shortNumber(selected.elementsPerSecond),
        'in-flight': shortNumber(selected.snapshot.inFlight),
        queue: shortNumber(selected.snapshot.queueDepth),
        memory: shortBytes(selected.snapshot.memoryInUse),
      }
    : {};
  for (const element of document.querySelectorAll<HTMLElement>('[data-value]')) {
    element.textContent = values[element.dataset.value!] ?? '–';
  }
  const { snapshot } = selected ?? {};
  find('[data-comparison=queue]').textContent = snapshot ? `of ${shortNumber(snapshot.queueLimit)}` : '';
  find('[data-comparison=memory]').textContent = snapshot ? `of ${shortBytes(snapshot.memoryBudget)}` : '';
}

function showEngine({ ready, engine, threads, version, startTime }: Snapshot): void {
  const name = device && device.name === engine ? `${engine} on ${device.device}` : engine;
  const description = ready ? `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}` : 'not ready yet';
  find('.live-engine').textContent =
    `Engine: ${description}, since ${dayTime(history.engineSince)}. ` +
    `focal-loss-service ${version}, running since ${dayTime(startTime * 1000)}.`;
}

/** Screen readers announce the state, so it is written only if it has changed. */
function showState(text: string, isProblem = false): void {
  const shown = find('[role=status]', state);
  if (shown.textContent !== text) shown.textContent = text;
  state.classList.toggle('has-problem', isProblem);
}

function since(time: number): string {
  const seconds = Math.max(Math.round((Date.now() - time) / 1000), 1);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

for (const name of ['traffic', 'stages', 'resources', 'numbers']) {
  const end = () => history.last?.time ?? Date.now();
  addFigureExports({
    figure: find(`.figure.${name}`, figures),
    name,
    subject: () => ['live', new Date(end()).toISOString().slice(0, 19).replaceAll(':', '')],
    footnote: () => `${new Date(end()).toISOString()}. focal-loss-service ${history.last?.version ?? ''}`,
    hasPicture: name !== 'numbers',
    rows: () => numbers.cells(),
  });
}

pauseButton.addEventListener('click', () => {
  isPaused = !isPaused;
  pauseButton.textContent = isPaused ? 'Go on' : 'Pause';
  if (isPaused) {
    poller.stop();
    showState('Paused');
  } else start();
});

document.addEventListener('visibilitychange', () => {
  if (isPaused) return;
  if (document.hidden) poller.stop();
  else if (find('.api-key').hidden) start();
});

new ResizeObserver(draw).observe(figures);

const key = readApiKey() === null ? '' : ' -H "authorization: Bearer $FOCAL_LOSS_API_KEY"';
find('[data-code=curl]').textContent =
  `curl ${new URL('v1/focal-loss', document.baseURI).href}${key} -H 'content-type: application/json' \\\n` +
  `  -d '{"logits": [2.2, -1.3, -4], "labels": [1, 0, 1]}'`;
start();
