import { describe, expect, test } from '@jest/globals';
import { messagesBodyOf as bodyOf, type Setting } from '../../../test/support/messages-body.ts';

describe('sampling', () => {
  test.each<[object, Setting, object]>([
    [{ temperature: 0.3, top_k: 5 }, {}, { temperature: 0.3, top_k: 5 }],
    [{ temperature: 1.7 }, {}, { temperature: 1 }],
    [{ temperature: 0 }, {}, { temperature: 0 }],
    [{ top_p: 0.5 }, {}, { top_p: 0.5 }],
    [{ temperature: 0.5, top_p: 0.9 }, {}, { temperature: 0.5 }],
    [{ top_k: 0 }, {}, {}],
    [{ temperature: 0.5, top_p: 0.9, top_k: 5 }, { without: ['sampling'] }, {}],
    [{ temperature: 0.5, top_p: 0.97, top_k: 5, reasoning_effort: 'low' }, {}, { top_p: 0.97 }],
    [{ top_p: 0.9, reasoning_effort: 'low' }, {}, {}],
    [{ temperature: 0.5, reasoning_effort: 'low' }, { send: 'adaptive' }, {}],
    [{ temperature: 0.5, reasoning_effort: 'none' }, {}, { temperature: 0.5 }],
  ])('%j with %j is sent as %j', (fields, setting, sampling) => {
    const { temperature, top_p, top_k } = bodyOf(fields, setting);
    expect({ temperature, top_p, top_k }).toEqual({
      temperature: undefined,
      top_p: undefined,
      top_k: undefined,
      ...sampling,
    });
  });
});
