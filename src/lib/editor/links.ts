/** Links in the editor: what a person typed as an address, setting and taking away. */
import type { Editor } from '@tiptap/core';
import { isSafeHref } from '#domain/documents/links.ts';

const looksLikeHost = /^[^\s/@:]+\.[a-z]{2,}(?:[/?#]|$)/i;
const looksLikeMail = /^[^\s/@:]+@[^\s/@:]+\.[a-z]{2,}$/i;

/** The address meant by what was typed ("example.com" is a site), or null where no link may lead. */
export function hrefFrom(typed: string): string | null {
  const text = typed.trim();
  if (text === '' || !isSafeHref(text)) return null;
  if (looksLikeMail.test(text)) return `mailto:${text}`;
  if (looksLikeHost.test(text)) return `https://${text}`;
  return text;
}

export const linkAt = (editor: Editor): string => {
  const { href } = editor.getAttributes('link') as { href?: unknown };
  return typeof href === 'string' ? href : '';
};

/** Links the selection, or the link around the caret; with neither, inserts the address as its own text. */
export function setLink(editor: Editor, href: string): void {
  const chain = editor.chain().focus().extendMarkRange('link');
  if (editor.state.selection.empty && !editor.isActive('link'))
    chain.insertContent({ type: 'text', text: href, marks: [{ type: 'link', attrs: { href } }] }).run();
  else chain.setLink({ href }).run();
}

export const removeLink = (editor: Editor): void => {
  editor.chain().focus().extendMarkRange('link').unsetLink().run();
};

/** Opens a link elsewhere: another site in a new tab, a place in this app in this one. */
export function followLink(href: string): void {
  if (!isSafeHref(href)) return;
  const address = new URL(href, location.href);
  if (address.origin === location.origin) location.assign(address.href);
  else window.open(address.href, '_blank', 'noopener,noreferrer');
}
