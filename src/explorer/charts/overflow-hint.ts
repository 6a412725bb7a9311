/** Marks an area with a class while it hides columns at its right, so that its style can show that it scrolls. */
export function hintOverflow(area: HTMLElement): void {
  const update = () => {
    area.classList.toggle('more-right', area.scrollLeft + area.clientWidth < area.scrollWidth - 1);
  };
  area.addEventListener('scroll', update);
  const observer = new ResizeObserver(update);
  observer.observe(area);
  for (const child of area.children) observer.observe(child);
}
