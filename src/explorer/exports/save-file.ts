import { html } from '../html.ts';

/** Saves a file from the page. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  html('a', { href: url, download: name }).click();
  // Browsers read the blob after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
