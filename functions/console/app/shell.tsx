import { useEffect } from 'preact/hooks';
import { LocationProvider } from 'preact-iso/router';
import { PageView } from './page-view.tsx';
import { developerPages, operatorPages, type PageEntry } from './pages/list-pages.ts';
import { SignIn } from './sign-in.tsx';
import { session, signOut } from './state/session.ts';
import { usePlace } from './state/use-place.ts';
import { useKeyboard } from './use-keyboard.ts';

export function Shell() {
  const entered = session.value;
  if (entered === null) return <SignIn />;
  // Whoever signs in with another key begins anew: nothing of the last one is shown.
  return (
    <LocationProvider key={entered.key} scope={/^\/console(\/|$)/}>
      <Frame pages={entered.kind === 'operator' ? operatorPages : developerPages} kind={entered.kind} />
    </LocationProvider>
  );
}

function Frame({ pages, kind }: { pages: readonly PageEntry[]; kind: string }) {
  const { page: name } = usePlace();
  useKeyboard();
  // On a narrow screen the links scroll: the one of this page is to be seen.
  useEffect(() => {
    document.querySelector('.top nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [name]);
  const page = pages.find((each) => each.path === (name === '' ? pages[0]?.path : name));
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <a class="name" href="/console/">
          <img src="/docs/icon.svg" width="22" height="22" alt="" /> Mesh <span class="kind">{kind}</span>
        </a>
        <nav aria-label="Pages">
          {pages.map(({ path, title }) => (
            <a key={path} href={`/console/${path}`} aria-current={path === page?.path ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <div class="end">
          <a href="/docs/console" target="_blank" rel="noreferrer">
            Docs
          </a>
          <button type="button" onClick={() => signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {page === undefined ? (
          <p class="empty">There is no such page for this key.</p>
        ) : (
          <PageView key={page.path} page={page} />
        )}
      </main>
    </>
  );
}
