/** Builds the editor on a Y.Doc. Loaded on demand: with everything it is the largest part of the app. */
import { Editor, getSchema } from '@tiptap/core';
import type { AnyExtension, Extensions, Node as NodeExtension } from '@tiptap/core';
import { Collaboration } from '@tiptap/extension-collaboration';
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret';
import type { Link } from '@tiptap/extension-link';
import { ListKeymap } from '@tiptap/extension-list';
import type { TaskItem } from '@tiptap/extension-list';
import type { Table } from '@tiptap/extension-table';
import { Dropcursor, Gapcursor, Placeholder } from '@tiptap/extensions';
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import { documentExtensions } from '#domain/documents/nodes.ts';
import type { Callout } from '#domain/documents/nodes.ts';
import { textOf } from '#domain/documents/shape.ts';
import type { PresenceUser } from '#domain/sync/wire.ts';
import { m } from '#i18n/compiled/messages.js';
import { calloutView } from './callout-view.ts';
import { caretUser, drawCarets, renderSelection } from './carets.ts';
import { ClauseIds } from './clause-ids.ts';
import { FillEmpty } from './fill-empty.ts';
import { guardText, newerTextIn } from './guard.ts';
import type { NewerText } from './guard.ts';
import { followLink, linkAt } from './links.ts';
import { editorList } from './lists.ts';
import { mirrorOf } from './mirror.ts';
import { OwnCaret, look } from './own-caret.ts';
import { SlashMenu } from './slash-menu.ts';
import type { SlashState } from './slash-menu.ts';
import { editorTable } from './tables.ts';

/** Room for the toolbar above, and on a phone for the one above the keyboard. */
const barsPx = { top: 72, right: 0, bottom: 112, left: 0 };

/** What may change while somebody writes. */
export interface EditorFacts {
  user: PresenceUser;
  /** Of the document: decides spelling and hyphens. */
  language: string;
  /** What a screen reader calls the text. */
  label: string;
}

export interface EditorInput extends EditorFacts {
  element: HTMLElement;
  doc: Y.Doc;
  awareness: Awareness;
  canEdit: boolean;
  newId: () => string;
  onSlash: (state: SlashState | null) => void;
  onLinkAsked: () => void;
  /** The text holds something of a newer app: from here on it is shown, not edited. */
  onNewer: (found: NewerText) => void;
}

export interface OpenEditor {
  editor: Editor;
  /** False when it is shown from a copy, for want of the right or of the version. */
  isEditing: boolean;
  /** Takes up new facts in place: caret, selection and what can be undone stay. The same facts change nothing. */
  update: (facts: EditorFacts) => void;
  close: () => void;
}

/** The schema's extensions with their views and manners on the screen. The schema itself stays the same. */
function shownExtensions(): Extensions {
  return documentExtensions.map((extension): AnyExtension => {
    switch (extension.name) {
      case 'table':
        return editorTable(extension as typeof Table);
      case 'bulletList':
      case 'orderedList':
      case 'taskList':
        return editorList(extension as NodeExtension);
      case 'callout':
        return (extension as typeof Callout).extend({
          addNodeView: () =>
            calloutView({
              note: m.editor_block_note(),
              tip: m.editor_block_tip(),
              warning: m.editor_block_warning(),
            }),
        });
      case 'taskItem':
        return (extension as typeof TaskItem).configure({
          a11y: {
            checkboxLabel: (node) => m.editor_task_label({ text: node.firstChild?.textContent ?? '' }),
          },
        });
      case 'link':
        return (extension as typeof Link).configure({ markdownLinks: true });
      default:
        return extension;
    }
  });
}

export function openEditor(input: EditorInput): OpenEditor {
  const schema = getSchema(documentExtensions);
  const newer = newerTextIn(input.doc, schema);
  if (newer) input.onNewer(newer);
  const isEditing = input.canEdit && newer === null;
  const mirror = isEditing ? null : mirrorOf(input.doc);
  const doc = mirror?.doc ?? input.doc;
  const carets = drawCarets(input.element, doc, input.awareness);

  const attributesOf = ({ language, label }: EditorFacts) => ({
    class: 'document-text',
    lang: language,
    role: isEditing ? 'textbox' : 'article',
    ...(isEditing ? { 'aria-multiline': 'true', spellcheck: 'true' } : { tabindex: '0' }),
    'aria-label': label,
  });

  let facts: EditorFacts = input;
  const editor: Editor = new Editor({
    element: input.element,
    editable: isEditing,
    injectCSS: false,
    extensions: [
      ...shownExtensions(),
      Collaboration.configure({
        fragment: textOf(doc),
        // Undoing the making of a block must not take away what somebody else has written in it.
        yUndoOptions: { protectedNodes: new Set(Object.keys(schema.nodes)) },
      }),
      CollaborationCaret.configure({
        provider: { awareness: input.awareness },
        user: caretUser(input.user),
        render: carets.render,
        selectionRender: renderSelection,
      }),
      Gapcursor,
      Dropcursor.configure({ class: 'drop-cursor', color: false }),
      Placeholder.configure({ placeholder: m.editor_placeholder() }),
      ...(isEditing
        ? [
            ListKeymap,
            FillEmpty,
            OwnCaret.configure({ doc }),
            ClauseIds.configure({ newId: input.newId }),
            SlashMenu.configure({ show: input.onSlash }),
          ]
        : []),
    ],
    editorProps: {
      // The line being written stays clear of the bars above and below it.
      scrollThreshold: barsPx,
      scrollMargin: barsPx,
      attributes: attributesOf(input),
      handleKeyDown: (_view, event) => {
        const asksForLink =
          (event.metaKey || event.ctrlKey) && !event.shiftKey && event.key.toLowerCase() === 'k';
        if (!asksForLink || !isEditing) return false;
        // The words selected a moment ago count.
        look();
        // With nothing to link, the key belongs to the app.
        if (editor.state.selection.empty && linkAt(editor) === '') return false;
        event.preventDefault();
        event.stopPropagation();
        input.onLinkAsked();
        return true;
      },
      handleClick: (_view, _pos, event) => {
        const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
        const href = link?.getAttribute('href');
        if (!href || (isEditing && !event.metaKey && !event.ctrlKey)) return false;
        event.preventDefault();
        followLink(href);
        return true;
      },
    },
  });

  const stopGuard = isEditing
    ? guardText(input.doc, schema, (found) => {
        // Now, before the binding hears of the change.
        editor.destroy();
        input.onNewer(found);
      })
    : () => undefined;

  return {
    editor,
    isEditing,
    update: (next) => {
      if (editor.isDestroyed) return;
      const before = facts;
      facts = next;
      if (before.language !== next.language || before.label !== next.label)
        editor.setOptions({ editorProps: { ...editor.options.editorProps, attributes: attributesOf(next) } });
      if (before.user.name !== next.user.name) editor.commands.updateUser(caretUser(next.user));
    },
    close: () => {
      stopGuard();
      carets.stop();
      editor.destroy();
      mirror?.stop();
    },
  };
}
