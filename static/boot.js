/* Before the first paint of a stored page: the theme and the language the reader chose (or the browser's). */
(() => {
  const root = document.documentElement;
  const cookie = (name) => new RegExp(`(?:^|; )${name}=([^;]*)`).exec(document.cookie)?.[1];
  const theme = cookie('stoa_theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  root.lang =
    cookie('stoa_language') ??
    (navigator.languages
      .find((language) => /^(pt|en)/i.test(language))
      ?.toLowerCase()
      .startsWith('pt')
      ? 'pt-BR'
      : 'en');
})();
