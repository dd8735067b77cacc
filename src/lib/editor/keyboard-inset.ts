/** How much of the page's lower edge the phone's keyboard covers, as the CSS length `--keyboard` on a node. */
export function keyboardInset(node: HTMLElement): () => void {
  const { visualViewport } = window;
  if (!visualViewport) return () => undefined;
  const measure = () => {
    const covered = window.innerHeight - visualViewport.height - visualViewport.offsetTop;
    node.style.setProperty('--keyboard', `${Math.max(0, Math.round(covered))}px`);
  };
  measure();
  visualViewport.addEventListener('resize', measure);
  visualViewport.addEventListener('scroll', measure);
  return () => {
    visualViewport.removeEventListener('resize', measure);
    visualViewport.removeEventListener('scroll', measure);
  };
}
