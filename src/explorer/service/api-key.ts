const STORAGE_KEY = 'focal-loss-api-key';

/** The API key of this tab, if one was entered. The browser deletes it when the tab is closed. */
export function readApiKey(): string | null {
  return sessionStorage.getItem(STORAGE_KEY);
}

/** @param key empty: none */
export function storeApiKey(key: string): void {
  if (key === '') sessionStorage.removeItem(STORAGE_KEY);
  else sessionStorage.setItem(STORAGE_KEY, key);
}
