import { refiningContract } from '../../../../test/support/refining-contract.ts';
import { openSqliteDocuments } from '../../../platform/documents/sqlite-documents.ts';

refiningContract(() => openSqliteDocuments(':memory:'));
