/** A setting that stops the start; the message names it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
