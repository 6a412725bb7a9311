import { count, exactPercent, parameter } from '../format.ts';
import { find } from '../html.ts';
import type { HyperParameters } from '../hyper-parameters.ts';
import type { LossForm } from '../loss-form.ts';
import type { CalibrationOf, Evaluation } from '../service/evaluation.ts';
import { line, svg } from '../svg.ts';
import type { CursorStops } from './chart-cursor.ts';
import { describeCalibration } from './describe-calibration.ts';
import { isOutlined, type PinnedLoss } from './pinned-loss.ts';
import { type Axis, type Plot, plot } from './plot.ts';
import { type MarkedPlot, plotStops } from './plot-stops.ts';

const HEIGHT = 280;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** The observed rate of fewer is mostly noise. */
const FEW = 20;
const RADII = { smallest: 2.5, largest: 7 };

const NAMES = { predicted: 'As predicted', posterior: 'Posterior' } as const;
const PANELS = ['predicted', 'posterior'] as const;

/** Draws the reliability diagram of the predictions, and of their posterior where it has a meaning. */
export function drawCalibrationChart(
  figure: HTMLElement,
  { calibration }: Evaluation,
  parameters: HyperParameters,
  form: LossForm,
  pinned: PinnedLoss | null,
): CursorStops {
  find('.summary', figure).replaceChildren(...describeCalibration(calibration, parameters, form));
  const marked: MarkedPlot[] = [];
  const readings: ((bin: number) => string)[] = [];
  for (const panel of PANELS) {
    const host = find(`[data-calibration=${panel}]`, figure);
    const shown = calibration[panel];
    host.hidden = !shown;
    if (!shown) continue;
    const frame = diagram(host.clientWidth, panel, form.softmax);
    const outline = pinned && outlineOf(pinned.evaluation.calibration[panel], shown);
    if (outline) drawOutline(frame, outline);
    drawBins(frame, shown);
    host.replaceChildren(frame.svg);
    const rateAt = (bin: number) => shown.observed_rate[bin] ?? null;
    marked.push({ plot: frame, valuesAt: (bin) => [rateAt(bin) ?? []].flat() });
    const name = NAMES[panel].toLowerCase();
    readings.push((bin) => describeBin(name, shown, bin));
    if (outline) readings.push((bin) => describeBin(`pinned ${name}`, outline, bin));
  }
  const bins = calibration.predicted.counts.length;
  const positions = Array.from({ length: bins }, (_, bin) => (bin + 0.5) / bins);
  return plotStops(marked, positions, (bin) => {
    const range = `Confidence ${parameter(bin / bins)}–${parameter((bin + 1) / bins)}`;
    return [range, ...readings.map((reading) => reading(bin))].join(' · ');
  });
}

function diagram(width: number, panel: (typeof PANELS)[number], softmax: boolean): Plot {
  const domain = [0, 1] as const;
  const x: Axis = { domain, ticks: TICKS, format: parameter, title: 'Confidence' };
  const rate = softmax ? 'part that is right' : 'part that is positive';
  const y: Axis = { domain, ticks: TICKS, format: parameter, title: `${NAMES[panel]}: ${rate}` };
  const frame = plot({ width, height: HEIGHT }, `${NAMES[panel]}: ${rate}, by confidence, in 15 bins`, x, y);
  frame.area.append(
    line('diagonal', [
      [frame.x(0), frame.y(0)],
      [frame.x(1), frame.y(1)],
    ]),
  );
  return frame;
}

/** A dot for each bin, the larger the more it holds, and its distance from the diagonal. */
function drawBins(frame: Plot, { counts, mean_confidence: confidences, observed_rate: rates }: CalibrationOf): void {
  const largest = Math.max(...counts);
  counts.forEach((held, bin) => {
    const [confidence, rate] = [confidences[bin], rates[bin]];
    if (confidence == null || rate == null) return;
    const [x, y] = [frame.x(confidence), frame.y(rate)];
    const radius = RADII.smallest + (RADII.largest - RADII.smallest) * Math.sqrt(held / largest);
    frame.svg.append(
      svg('line', { class: 'gap', x1: x, x2: x, y1: frame.y(confidence), y2: y }),
      svg('circle', { class: held < FEW ? 'rate few' : 'rate', cx: x, cy: y, r: radius }),
    );
  });
}

function outlineOf(pinned: CalibrationOf | null | undefined, current: CalibrationOf): CalibrationOf | null {
  if (!pinned) return null;
  const numbers = ({ mean_confidence: confidences, observed_rate: rates }: CalibrationOf) =>
    [...confidences, ...rates].map((value) => value ?? -1);
  return isOutlined(numbers(pinned), numbers(current)) ? pinned : null;
}

/** A line through the bins that hold something. */
function drawOutline(frame: Plot, { mean_confidence: confidences, observed_rate: rates }: CalibrationOf): void {
  const points = confidences.flatMap((confidence, bin): [number, number][] => {
    const rate = rates[bin];
    return confidence == null || rate == null ? [] : [[frame.x(confidence), frame.y(rate)]];
  });
  frame.area.append(line('curve counts pinned', points));
}

function describeBin(
  name: string,
  { counts, mean_confidence: confidences, observed_rate: rates }: CalibrationOf,
  bin: number,
): string {
  const held = counts[bin]!;
  if (held === 0) return `${name}: none`;
  return `${name}: ${count(held)}, mean confidence ${exactPercent(confidences[bin] ?? null)}, observed ${exactPercent(rates[bin] ?? null)}`;
}
