import { usePlace } from '../state/use-place.ts';

interface FilterProps {
  /** In the address. */
  name: string;
  title: string;
  hint?: string;
  /** The field of the address that says which page of the list it is: another list begins at its first. */
  page?: string;
}

/** What a list is narrowed down by; `/` goes to the first of a page. */
export function Filter({ name, title, hint = '', page = 'cursor' }: FilterProps) {
  const { query, go } = usePlace();
  return (
    <label>
      {title}
      <input
        data-filter
        type="search"
        placeholder={hint}
        value={query.get(name) ?? ''}
        onChange={(event) => go({ [name]: event.currentTarget.value.trim(), [page]: null })}
      />
    </label>
  );
}
