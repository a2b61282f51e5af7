import { describeDocuments } from './documents-contract.ts';
import { connectFirestore } from './firestore-documents.ts';

describeDocuments('Firestore', () => connectFirestore({ projectId: 'demo-mesh' }));
