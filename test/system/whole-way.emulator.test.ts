import { describeEmulated } from '../support/describe-emulated.ts';
import { testWholeWay } from '../support/whole-way.ts';

describeEmulated('the whole way, each function a process of its own', () => testWholeWay('sources'));
