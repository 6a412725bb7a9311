/** The response of `GET /metrics`: each sample by its name and labels as text, and the type of each metric. */
export interface Scrape {
  readonly samples: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
}

export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name && type) types.set(name, type);
    const [, sample, value] = /^([^#].*) (\S+)$/.exec(line) ?? [];
    if (sample && value) samples.set(sample, Number(value));
  }
  return { samples, types };
}
