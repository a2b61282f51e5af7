import { z } from 'zod';
import { chatRequestSchema, MAX_PARTS, MAX_TOOLS } from '../pivot/chat-request.ts';

/**
 * The body of a chat request as clients may send it: the pivot's, with the forms that are rewritten before it is validated
 * (`mend-request.ts`, `mend-parts.ts`, `mend-custom-tools.ts`). It is for the document; what is wrong is named by the pivot's.
 */

const { messages, tools, tool_choice } = chatRequestSchema.shape;
const [system, developer, user, assistant, toolMessage] = messages.element.options;
const [, parts] = user.shape.content.options;
const tool = tools.unwrap().unwrap().element;
const choice = tool_choice.unwrap().unwrap();
const call = assistant.shape.tool_calls.unwrap().unwrap().element;
const { name } = tool.shape.function.shape;

const url = z.string().min(1);
const part = z.union([
  parts.element,
  z.object({ type: z.literal('image_url'), image_url: url.describe('The URL alone.') }),
  z.object({ type: z.literal('input_text'), text: z.string() }).describe('As in the Responses API.'),
  z
    .object({ type: z.literal('input_image'), image_url: url, detail: z.string().nullish() })
    .describe('As in the Responses API.'),
  z
    .object({
      type: z.literal('image'),
      source: z.union([
        z.object({ type: z.literal('base64'), media_type: z.string(), data: z.string() }),
        z.object({ type: z.literal('url'), url }),
      ]),
    })
    .describe('As in Anthropic’s Messages.'),
]);

const grammar = z.object({ syntax: z.enum(['lark', 'regex']), definition: z.string() });
const custom = {
  name,
  description: z.string().nullish(),
  format: z
    .union([
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('grammar'), grammar }),
      z.object({ type: z.literal('grammar'), ...grammar.shape }),
    ])
    .nullish(),
};
const anyTool = z.union([
  tool,
  z.object({ type: z.literal('custom'), custom: z.object(custom) }).describe('Called with a free text.'),
  z.object({ type: z.literal('function'), ...tool.shape.function.shape }).describe('As in the Responses API.'),
  z.object({ type: z.literal('custom'), ...custom }).describe('As in the Responses API.'),
]);

const kind = z.enum(['function', 'custom']);
const allowed = {
  mode: z.enum(['auto', 'required']),
  tools: z.array(z.looseObject({ type: kind })).max(MAX_TOOLS),
};
const anyChoice = z.union([
  choice,
  z.object({ type: z.literal('custom'), custom: z.object({ name }) }),
  z.object({ type: kind, name }).describe('As in the Responses API.'),
  z.object({ type: z.literal('allowed_tools'), allowed_tools: z.object(allowed) }).describe('Only these of the tools.'),
  z.object({ type: z.literal('allowed_tools'), ...allowed }).describe('As in the Responses API.'),
]);

const customCall = z.object({
  id: z.string().min(1),
  type: z.literal('custom'),
  custom: z.object({ name, input: z.string() }),
});

export const chatBody = chatRequestSchema.extend({
  messages: z
    .array(
      z.discriminatedUnion('role', [
        system,
        developer,
        user.extend({ content: z.union([z.string(), z.array(part).min(1).max(MAX_PARTS)]) }),
        assistant.extend({
          tool_calls: z
            .array(z.union([call, customCall]))
            .max(MAX_TOOLS)
            .nullish(),
        }),
        toolMessage,
      ]),
    )
    .min(1),
  tools: z.array(anyTool).max(MAX_TOOLS).nullish(),
  tool_choice: anyChoice.nullish(),
  template: z.string().nullish().describe('Name or id of a template; its messages come before these.'),
  variables: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .nullish()
    .describe('Of the template.'),
});
