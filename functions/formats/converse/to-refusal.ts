/** What `message.refusal` says of an answer that was stopped by a filter or by the model; null for any other. */
export function toRefusal(stopReason: unknown): string | null {
  switch (stopReason) {
    case 'guardrail_intervened':
    case 'content_filtered':
      return 'The provider filtered the answer.';
    case 'refusal':
      return 'The model refused to answer.';
    default:
      return null;
  }
}
