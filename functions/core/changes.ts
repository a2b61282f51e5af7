/** Administrative acts and recalls: `changes/{id}`, which every instance listens to and which stay as the audit log. */
export const CHANGES = 'changes';

/** The act that asks other instances to give back what an owner's leases do not need. */
export const RECALL = 'recall';
