import { describe, expect, test } from '@jest/globals';
import { statusOver } from './keys.ts';

const active = { status: 'active' };
const suspended = { status: 'suspended', suspended_by: 'req_1' };

describe('an activation', () => {
  test.each([
    ['undoes the suspension that it has seen', suspended, suspended, 'active'],
    ['does not undo one that came meanwhile', active, suspended, undefined],
    ['does not undo another one', suspended, { ...suspended, suspended_by: 'req_2' }, undefined],
    ['of what others have activated changes nothing', suspended, active, 'active'],
  ])('%s', (_name, seen, now, status) => {
    expect(statusOver('active', seen, now)).toBe(status);
  });
});
