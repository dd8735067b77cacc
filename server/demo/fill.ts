/** Fills an empty house with a small team's week: documents, cases, a public board. */
import { readFile, readdir } from 'node:fs/promises';
import { caseCommands } from '#domain/cases/commands.ts';
import { documentCommands } from '#domain/documents/commands.ts';
import { feedbackCommands } from '#domain/feedback/commands.ts';
import type { BoardId, CaseId, CommandId, DocumentId, FeedbackItemId, WorkspaceId } from '#domain/ids.ts';
import type { OpenHouse } from '../open.ts';
import { addDemoPerson } from './people.ts';
import type { DemoPerson } from './people.ts';

const samples = new URL('./documents/', import.meta.url);

export async function fillDemo(
  house: OpenHouse,
): Promise<{ workspaceId: WorkspaceId; people: DemoPerson[] }> {
  const workspaceId = await house.db.write((tx) => house.services.links.firstWorkspace(tx));
  const helena = await addDemoPerson(house, workspaceId, {
    email: 'helena@demo.example',
    name: 'Helena Prado',
    role: 'owner',
  });
  const marcus = await addDemoPerson(house, workspaceId, {
    email: 'marcus@demo.example',
    name: 'Marcus Webb',
    role: 'editor',
  });
  const documents = await addDocuments(house, helena);
  await addCases(house, [helena, marcus], documents);
  await addBoard(house, helena, marcus);
  return { workspaceId, people: [helena, marcus] };
}

async function addDocuments(house: OpenHouse, author: DemoPerson): Promise<Map<string, DocumentId>> {
  const ids = new Map<string, DocumentId>();
  for (const fileName of (await readdir(samples)).sort()) {
    const id = house.newId() as DocumentId;
    const text = await readFile(new URL(fileName, samples), 'utf8');
    await author.does(
      documentCommands['documents.import'],
      {
        id,
        fileName,
        text,
        encoding: 'utf-8',
        kind: null,
        language: null,
        visibility: 'workspace',
        folderId: null,
        frontMatter: 'read',
      },
      (command) => house.services.importing.importFile(command),
    );
    ids.set(fileName, id);
  }
  return ids;
}

async function addCases(
  house: OpenHouse,
  [helena, marcus]: [DemoPerson, DemoPerson],
  documents: ReadonlyMap<string, DocumentId>,
): Promise<void> {
  const { cases } = house.services;
  const about = (fileName: string) => {
    const documentId = documents.get(fileName);
    return documentId ? { documentId, clause: null } : null;
  };

  const sneakers = house.newId() as CaseId;
  await helena.does(
    caseCommands['cases.open'],
    {
      caseId: sneakers,
      track: 'violation',
      title: 'Tênis com número de série raspado em três anúncios',
      narrative:
        'O titular da marca denunciou três anúncios do mesmo vendedor. Nas fotos o número de série aparece raspado. O vendedor diz que comprou de um distribuidor e mandou uma nota fiscal sem o modelo.',
      severity: 'high',
      about: about('counterfeit-goods-policy.md'),
    },
    (command) => cases.open(command),
  );
  await marcus.does(caseCommands['cases.claim'], { caseId: sneakers }, (command) => cases.claim(command));
  await marcus.does(
    caseCommands['cases.changeState'],
    { caseId: sneakers, from: 'new', to: 'triage', reason: '' },
    (command) => cases.changeState(command),
  );
  await marcus.does(
    caseCommands['cases.changeState'],
    {
      caseId: sneakers,
      from: 'triage',
      to: 'investigating',
      reason: 'Two signs: the serial number and the invoice.',
    },
    (command) => cases.changeState(command),
  );
  await helena.does(
    caseCommands['cases.note'],
    {
      caseId: sneakers,
      text: 'Pedi ao titular da marca as fotos da compra de teste. Prometeram para amanhã.',
    },
    (command) => cases.note(command),
  );

  await marcus.does(
    caseCommands['cases.open'],
    {
      caseId: house.newId() as CaseId,
      track: 'incident',
      title: 'Appeal letters left the queue without a second reader',
      narrative:
        'Between 9:00 and 11:40 the queue sent 14 appeal letters straight after the first decision. Nobody outside has complained yet.',
      severity: 'medium',
      about: about('seller-appeals-playbook.md'),
    },
    (command) => cases.open(command),
  );
  await helena.does(
    caseCommands['cases.open'],
    {
      caseId: house.newId() as CaseId,
      track: 'violation',
      title: 'Brinquedo sem certificado, pausado à espera do comprovante',
      narrative:
        'Anúncio de brinquedo infantil sem número de certificado. Prazo de cinco dias úteis em curso.',
      severity: 'low',
      about: about('politica-itens-proibidos.md'),
    },
    (command) => cases.open(command),
  );
}

async function addBoard(house: OpenHouse, helena: DemoPerson, marcus: DemoPerson): Promise<void> {
  const { feedback } = house.services;
  const slug = 'vendedores';
  const boardId = house.newId() as BoardId;
  await helena.does(
    feedbackCommands['feedback.openBoard'],
    {
      boardId,
      slug,
      title: 'Ideias e problemas dos vendedores',
      introduction:
        'Conte o que atrapalha o seu dia e o que faria falta se sumisse. Lemos tudo; as respostas aparecem aqui.',
      language: 'pt-BR',
      visibility: 'public',
    },
    (command) => feedback.openBoard(command),
  );
  const post = async (by: DemoPerson, title: string, text: string): Promise<FeedbackItemId> => {
    const itemId = house.newId() as FeedbackItemId;
    await by.does(feedbackCommands['feedback.post'], { itemId, boardId, title, text }, (command) =>
      feedback.post(command),
    );
    return itemId;
  };
  const reasons = await post(
    helena,
    'Dizer qual foto causou a remoção',
    'Quando um anúncio é removido, a mensagem cita a cláusula, mas não diz qual das dez fotos foi o problema.',
  );
  const deadline = await post(
    marcus,
    'Mostrar o prazo do recurso na tela do anúncio',
    'O prazo está na carta. Muitos só descobrem quando já passou.',
  );
  for (const [person, itemId] of [
    [marcus, reasons],
    [helena, reasons],
    [helena, deadline],
  ] as const)
    await person.does(feedbackCommands['feedback.vote'], { itemId, wanted: true }, (command) =>
      feedback.vote(command),
    );
  await helena.does(
    feedbackCommands['feedback.setStatus'],
    { itemId: reasons, from: 'open', to: 'planned' },
    (command) => feedback.setStatus(command),
  );
  await helena.does(
    feedbackCommands['feedback.answer'],
    {
      itemId: reasons,
      text: 'Vamos marcar a foto na própria carta. Começa pelos anúncios de moda, onde isso mais acontece.',
    },
    (command) => feedback.answer(command),
  );
  // From outside: it waits for a person's eye before anyone else sees it.
  await feedback.postAsVisitor(
    { kind: 'visitor', address: '127.0.0.1' },
    slug,
    {
      itemId: house.newId() as FeedbackItemId,
      title: 'Não consigo enviar o certificado pelo celular',
      text: 'O botão de anexo some quando o teclado abre.',
      name: 'Loja da Vila',
    },
    { commandId: house.newId() as CommandId, visitorKey: house.newId() },
  );
}
