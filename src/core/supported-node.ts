/** The versions of Node that the service is tested on and that get security fixes. It starts on older ones from 20.20 on. */
export const SUPPORTED_NODE: readonly number[] = [22, 24, 26];

/** A line for whoever runs the service on a version of Node that has reached its end of life. */
export function endOfLifeWarning(version: string): string | undefined {
  const major = Number.parseInt(version, 10);
  if (SUPPORTED_NODE.includes(major) || major > Math.max(...SUPPORTED_NODE)) return undefined;
  const fixes = major === 20 ? 'has had no security fixes since April 2026' : 'gets no security fixes';
  return `Node ${major} ${fixes}: use ${SUPPORTED_NODE.slice(0, -1).join(', ')} or ${SUPPORTED_NODE.at(-1)}`;
}
