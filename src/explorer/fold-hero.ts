import { find } from './html.ts';

/** Folds the introduction into a row of batches once the user has chosen one. Until then it explains the page. */
export function foldHeroOnChoice(hero: HTMLElement): void {
  const unfold = find<HTMLButtonElement>('.unfold', hero);
  const setFolded = (folded: boolean) => {
    hero.classList.toggle('folded', folded);
    unfold.hidden = !folded;
  };
  find('.samples', hero).addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('button')) setFolded(true);
  });
  hero.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === 'file') setFolded(true);
  });
  document.addEventListener('drop', () => setFolded(true));
  unfold.addEventListener('click', () => {
    setFolded(false);
    find('h1', hero).focus();
  });
}
