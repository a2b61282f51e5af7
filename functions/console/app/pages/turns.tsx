import type { Content, Message } from '../state/ask-models.ts';

/** What was said so far. */
export function Turns({ history }: { history: readonly Message[] }) {
  return (
    <ol class="turns">
      {history.map((message, at) => (
        <li key={`${message.role} ${at}`} class={message.role}>
          {message.role === 'tool' ? <span class="dim">Result: </span> : null}
          {textOf(message.content)}
          {message.role === 'assistant'
            ? message.tool_calls?.map(({ id, function: { name, arguments: given } }) => (
                <code key={id} class="call">{`${name}(${given})`}</code>
              ))
            : null}
        </li>
      ))}
    </ol>
  );
}

function textOf(content: Content | null): string {
  if (content === null || typeof content === 'string') return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : '[image]')).join(' ');
}
