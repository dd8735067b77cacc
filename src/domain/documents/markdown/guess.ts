/** What a file says about itself: title, kind, language; asked in the order in which authors mean it. */
import { documentKinds } from '../document.ts';
import type { DocumentKind, DocumentLanguage } from '../document.ts';

/** `pt`, `pt_BR`, `pt-PT` are read as our Portuguese, every English as English; null for other languages. */
export function languageOfTag(tag: string): DocumentLanguage | null {
  const [primary = ''] = tag.trim().toLowerCase().split(/[-_]/u);
  return primary === 'pt' ? 'pt-BR' : primary === 'en' ? 'en' : null;
}

/** Frequent words that stand in one of the two languages only. */
const words: Record<DocumentLanguage, ReadonlySet<string>> = {
  en: new Set(
    'the of and to in that is for you your we our or not are with this be by on if may will any from it'.split(
      ' ',
    ),
  ),
  'pt-BR': new Set(
    'de que e da do em para com uma um os não por ao à é ou se na no dos das você seu sua ser quando pelo pela'.split(
      ' ',
    ),
  ),
};

/** Words that are looked at; the beginning tells. */
const sampleWords = 3_000;

/** The language whose small words are more frequent; null when neither shows. */
export function languageOfText(text: string): DocumentLanguage | null {
  let english = 0;
  let portuguese = 0;
  let seen = 0;
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
    if (words.en.has(word)) english += 1;
    if (words['pt-BR'].has(word)) portuguese += 1;
    if ((seen += 1) >= sampleWords) break;
  }
  return english === portuguese ? null : english > portuguese ? 'en' : 'pt-BR';
}

const kindWords: readonly (readonly [DocumentKind, RegExp])[] = [
  ['playbook', /\b(?:playbooks?|manual de execução)\b/u],
  ['sop', /\b(?:sops?|pops?|procedimentos?|standard operating procedures?)\b/u],
  ['note', /\b(?:notes?|notas?|atas?)\b/u],
  ['policy', /\b(?:policy|policies|política|políticas|politicas?|terms|termos)\b/u],
];

const kindIn = (text: string): DocumentKind | null =>
  kindWords.find(([, pattern]) => pattern.test(text.toLowerCase()))?.[0] ?? null;

/** The kind a front matter names, in either language; null when it names something else. */
export const kindOfName = (name: string): DocumentKind | null =>
  documentKinds.find((kind) => kind === name.trim().toLowerCase()) ?? kindIn(name);

/** The kind that the path or the title speaks of; a policy when neither does. */
export function kindOfPlace(path: string, title: string): DocumentKind {
  const folders = path.split(/[\\/]/u);
  for (const part of folders.toReversed()) {
    const kind = kindIn(part.replace(/[-_.]+/gu, ' '));
    if (kind) return kind;
  }
  return kindIn(title) ?? 'policy';
}
