/** A name for any file system: of what is shown, without what a path, a shell or Windows would read otherwise. */
export function fileName(parts: readonly string[], extension: string): string {
  const words = parts.map((part) =>
    part
      .replaceAll('γ₊', 'gamma-pos ')
      .replaceAll('γ₋', 'gamma-neg ')
      .replaceAll('γ', 'gamma ')
      .replaceAll('α', 'alpha ')
      .normalize('NFKD')
      .replaceAll(/[^\w.]+/g, '-')
      .replaceAll(/^[-.]+|[-.]+$/g, ''),
  );
  return `${words.filter(Boolean).join('_').slice(0, 120)}.${extension}`;
}
