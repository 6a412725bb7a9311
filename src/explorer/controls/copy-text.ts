/**
 * Copies a text, or selects it where it stands: browsers deny the clipboard to pages that were loaded over plain HTTP from another
 * machine.
 *
 * @returns what to tell the user
 */
export async function copyText(text: string, shown: HTMLElement): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return 'Copied.';
  } catch {
    getSelection()?.selectAllChildren(shown);
    return 'The code is selected. Press Ctrl+C or ⌘C to copy it.';
  }
}
