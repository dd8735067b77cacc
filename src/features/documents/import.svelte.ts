/**
 * Files on their way to becoming documents. Each is read on this device first: what will be kept, what will
 * be lost with its line, or why it is refused, is known before anything is sent. An accepted file is a
 * command in the outbox and survives a restart; a refused one stays in the list with what can be done.
 */
import { documentCommands } from '#domain/documents/commands.ts';
import type { DocumentVisibility, ImportLoss } from '#domain/documents/document.ts';
import { hashOfText, twinOf } from '#domain/documents/source.ts';
import type { ReadSource } from '#domain/documents/source.ts';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import { documentId } from '#domain/ids.ts';
import type { DocumentId, FolderId } from '#domain/ids.ts';
import { markdownByteLimit } from '#domain/documents/import-limits.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';

/** Files read at one time: more would hold the screen and the memory of a phone. */
export const filesAtOnce = 2;
/** Files taken from one drop or choice. */
export const filesPerChoiceLimit = 200;

export interface ImportEntry {
  key: string;
  fileName: string;
  bytes: number;
  /** `left`: out by default or by choice. `undecided`: something of that name is here, the person chooses. */
  state: 'queued' | 'reading' | 'taken' | 'refused' | 'undecided' | 'left';
  documentId: DocumentId | null;
  title: string;
  words: number;
  losses: readonly ImportLoss[];
  refusal: { code: ErrorCode; details: ErrorDetails } | null;
  /** The document that the file may already have become. */
  twin: { id: DocumentId; title: string; isSame: boolean | null; isArchived: boolean } | null;
}

interface Waiting {
  key: string;
  choices: ReadingChoices;
  /** The person has seen what is here already and wants it all the same. */
  isWanted: boolean;
}

export interface ReadingChoices {
  encoding: 'utf-8' | 'windows-1252';
  frontMatter: 'read' | 'asText';
}

const plainly: ReadingChoices = { encoding: 'utf-8', frontMatter: 'read' };

/** What the person can do about a refusal besides leaving the file out. */
export function remedyFor(
  code: ErrorCode,
): { label: 'windows' | 'asText' | 'retry'; choices: ReadingChoices } | null {
  switch (code) {
    case 'not_utf8':
      return { label: 'windows', choices: { ...plainly, encoding: 'windows-1252' } };
    case 'bad_front_matter':
      return { label: 'asText', choices: { ...plainly, frontMatter: 'asText' } };
    case 'too_large':
    case 'not_markdown':
    case 'not_allowed':
      return null;
    default:
      return { label: 'retry', choices: plainly };
  }
}

export class DocumentImport {
  entries = $state<ImportEntry[]>([]);
  /** Files beyond the limit of one choice, said rather than dropped in silence. */
  leftOut = $state(0);
  visibility = $state<DocumentVisibility>('workspace');
  /** Where they will stand: the folder that the list shows. */
  folderId: FolderId | null = null;

  readonly #engine: Engine;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what is shown of a file stands in its entry
  readonly #files = new Map<string, File>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #choices = new Map<string, ReadingChoices>();
  /** What was sent from here, by the hash of its text: the records tell it only after the server's answer. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #sent = new Map<string, { id: DocumentId; title: string; isOnItsWay: boolean }>();
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  readonly isBusy = $derived(this.entries.some(({ state }) => state === 'queued' || state === 'reading'));
  readonly taken = $derived(this.entries.filter(({ state }) => state === 'taken').length);
  readonly refused = $derived(this.entries.filter(({ state }) => state === 'refused').length);
  readonly left = $derived(this.entries.filter(({ state }) => state === 'left').length);
  readonly undecided = $derived(this.entries.filter(({ state }) => state === 'undecided').length);

  add(files: readonly File[]): void {
    const accepted = files.slice(0, filesPerChoiceLimit);
    this.leftOut = files.length - accepted.length;
    for (const file of accepted) {
      const key = this.#engine.newId();
      this.#files.set(key, file);
      this.entries.push({
        key,
        fileName: file.webkitRelativePath || file.name,
        bytes: file.size,
        state: 'queued',
        documentId: null,
        title: file.name,
        words: 0,
        losses: [],
        refusal: null,
        twin: null,
      });
      this.#waiting.push({ key, choices: plainly, isWanted: false });
    }
    this.#run();
  }

  again(key: string, choices: ReadingChoices): void {
    this.#change(key, { state: 'queued', refusal: null });
    this.#waiting.push({ key, choices, isWanted: false });
    this.#run();
  }

  /** Imports a file although it is here already, as a document of its own. */
  want(key: string): void {
    this.#change(key, { state: 'queued' });
    this.#waiting.push({ key, choices: this.#choices.get(key) ?? plainly, isWanted: true });
    this.#run();
  }

  leave(key: string): void {
    this.#change(key, { state: 'left' });
  }

  /** Takes finished files off the list; those on their way and those that wait for a choice stay. */
  clear(): void {
    const finished = this.entries.filter(({ state }) => ['taken', 'refused', 'left'].includes(state));
    for (const { key } of finished) {
      this.#files.delete(key);
      this.#choices.delete(key);
    }
    this.entries = this.entries.filter((entry) => !finished.includes(entry));
    this.leftOut = 0;
  }

  #change(key: string, change: Partial<ImportEntry>): void {
    const entry = this.entries.find((one) => one.key === key);
    if (entry) Object.assign(entry, change);
  }

  #run(): void {
    while (this.#running < filesAtOnce) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#running += 1;
      void this.#take(next).finally(() => {
        this.#running -= 1;
        this.#run();
      });
    }
  }

  /** What is here already, the files sent from this list a moment ago among them. */
  #twinOf(file: ReadSource): ImportEntry['twin'] {
    const sent = this.#sent.get(file.hash);
    // One that the server refused and the person discarded is not here.
    if (sent && (sent.isOnItsWay || this.#engine.records.get('document', sent.id)))
      return { id: sent.id, title: sent.title, isSame: true, isArchived: false };
    const twin = twinOf(file, this.#engine.records.all('document'));
    if (!twin) return null;
    const { id, title, archivedAt } = twin.document;
    return { id, title, isSame: twin.isSame, isArchived: archivedAt !== null };
  }

  async #take({ key, choices, isWanted }: Waiting): Promise<void> {
    const file = this.#files.get(key);
    if (!file) return;
    this.#change(key, { state: 'reading' });
    try {
      // By its size alone, so that a film dropped by mistake is never read into memory.
      if (file.size > markdownByteLimit)
        throw new DomainError('too_large', { limit: markdownByteLimit, bytes: file.size });
      const [{ decodeMarkdown }, { readMarkdown }] = await Promise.all([
        import('#domain/documents/markdown/source.ts'),
        import('#domain/documents/markdown/read.ts'),
      ]);
      const bytes = new Uint8Array(await file.arrayBuffer());
      const text = decodeMarkdown(bytes, choices.encoding);
      const fileName = (file.webkitRelativePath || file.name).slice(-255);
      const read = readMarkdown({ fileName, text, ...choices });
      const { title } = read;
      const hash = hashOfText(text);
      const twin = this.#twinOf({ fileName, title, hash });
      this.#choices.set(key, choices);
      if (twin && !isWanted) {
        this.#change(key, { state: twin.isSame === true ? 'left' : 'undecided', title, twin });
        return;
      }
      const id = documentId.parse(this.#engine.newId());
      // Before anything is waited for: its copy may be read beside it.
      const sent = { id, title, isOnItsWay: true };
      this.#sent.set(hash, sent);
      await this.#engine
        .send(documentCommands['documents.import'], {
          id,
          fileName,
          text,
          kind: null,
          language: null,
          visibility: this.visibility,
          folderId: this.folderId,
          ...choices,
        })
        .finally(() => (sent.isOnItsWay = false));
      this.#files.delete(key);
      this.#choices.delete(key);
      this.#change(key, {
        state: 'taken',
        documentId: id,
        title: read.title,
        words: read.projection.words,
        losses: read.losses,
      });
    } catch (error) {
      const { details } = error as { details?: ErrorDetails };
      const code = errorCodeOf(error) ?? 'unexpected';
      this.#change(key, { state: 'refused', refusal: { code, details: details ?? {} } });
    }
  }
}
