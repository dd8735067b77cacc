/** The callout on the screen: a plain element whose kind is said in words, not by colour alone. */
import type { NodeViewRenderer } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import type { CalloutKind } from '#domain/documents/nodes.ts';

export const calloutView =
  (words: Record<CalloutKind, string>): NodeViewRenderer =>
  ({ node }) => {
    const dom = document.createElement('aside');
    const label = document.createElement('div');
    const contentDOM = document.createElement('div');
    label.className = 'callout-kind';
    label.contentEditable = 'false';
    dom.append(label, contentDOM);
    const show = (shown: Node) => {
      const kind = shown.attrs['kind'] as CalloutKind;
      const word = Object.hasOwn(words, kind) ? words[kind] : words.note;
      dom.dataset['callout'] = kind;
      dom.setAttribute('role', 'note');
      dom.setAttribute('aria-label', word);
      label.textContent = word;
    };
    show(node);
    return {
      dom,
      contentDOM,
      update: (updated) => {
        if (updated.type !== node.type) return false;
        show(updated);
        return true;
      },
      ignoreMutation: (mutation) =>
        mutation.type === 'attributes' ||
        (mutation.target !== contentDOM && !contentDOM.contains(mutation.target)),
    };
  };
