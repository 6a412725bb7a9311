import type { ClassBreakdown } from '../service/evaluation.ts';

export function classLabel({ class: index, name }: ClassBreakdown): string {
  return name ?? `Class ${index}`;
}
