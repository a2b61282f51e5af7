/**
 * Fields of a charge, or of a failed request, that are a caller's own words or the hash of its user. They go when a user is erased, so
 * they stand nowhere that cannot be erased, such as in a line of the log.
 */
export const callersTraces: readonly string[] = ['end_user', 'metadata', 'session', 'label'];
