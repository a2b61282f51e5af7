import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { describeSessions } from './sessions-contract.ts';

describeSessions('sessions on SQLite', () => openSqliteDocuments(':memory:'));
