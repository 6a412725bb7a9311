const STORAGE_KEY = 'focal-loss-api-key';

/** The API key of this tab, if one was entered. The browser deletes it when the tab is closed. */
export function readApiKey(): string | null {
  return sessionStorage.getItem(STORAGE_KEY);
}

export function storeApiKey(key: string): void {
  sessionStorage.setItem(STORAGE_KEY, key);
}
