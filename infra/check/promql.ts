import { parser } from '@prometheus-io/lezer-promql';

/** One selector of a PromQL query, and what is done with what it selects. */
export interface Use {
  /** The metric, as it stands in the selector: of a distribution with its suffix. */
  metric: string;
  matchers: { label: string; op: string; value: string }[];
  /** Labels that the results are grouped by. */
  grouped: string[];
  /** Functions around it, from within: `rate`, `histogram_quantile`. */
  functions: string[];
}

/** Reads a query by Prometheus' own grammar. Throws an `Error` that has the query where it is none. */
export function usesOf(query: string): Use[] {
  const tree = parser.parse(query);
  const uses: Use[] = [];
  const textOf = ({ from, to }: { from: number; to: number }) => query.slice(from, to);
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`No PromQL, at ${node.from}: ${query}`);
      if (node.name !== 'VectorSelector') return;
      const use: Use = { metric: '', matchers: [], grouped: [], functions: [] };
      const matchers = node.node.getChild('LabelMatchers');
      for (const quoted of matchers?.getChildren('QuotedLabelName') ?? []) use.metric = JSON.parse(textOf(quoted));
      for (const matcher of matchers?.getChildren('UnquotedLabelMatcher') ?? []) {
        const [, label = '', op = '', value = ''] = /^(\w+)\s*([=!~]+)\s*("[^"]*")$/.exec(textOf(matcher)) ?? [];
        use.matchers.push({ label, op, value: JSON.parse(value) });
      }
      for (let at = node.node.parent; at !== null; at = at.parent) {
        const called = at.getChild('FunctionIdentifier');
        if (called !== null) use.functions.push(textOf(called));
        const labels = at.getChild('AggregateModifier')?.getChild('GroupingLabels');
        for (const label of labels?.getChildren('LabelName') ?? []) use.grouped.push(textOf(label));
      }
      uses.push(use);
    },
  });
  return uses;
}
