/** An environment's own: no image has them, and who deploys may not have committed them yet. */
const OWN = [/^infra\/\.terraform\.lock\.hcl$/, /^infra\/envs\/[a-z]+\.tfvars$/];
/** Two letters of what happened to a file, and a blank. */
const PATH_AT = 3;

/** Files that stand against a deployment, of what `git status --porcelain -z` prints. */
export function uncommitted(status: string): string[] {
  const paths = status.split('\0').map((line) => line.slice(PATH_AT));
  return paths.filter((path) => path !== '' && !OWN.some((own) => own.test(path)));
}
