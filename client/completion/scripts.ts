/** Completion scripts for bash, zsh and fish, generated from the tree of commands. Pure. */

/** The shells that have a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** A word that can be completed, and what it means. */
interface Word {
  word: string;
  about: string;
}

/** A command: its options, and the words that may follow it. */
export interface CompletionTree {
  name: string;
  about: string;
  options: readonly Word[];
  /** Fixed values of its first argument. */
  values: readonly Word[];
  commands: readonly CompletionTree[];
}

/** A command with the names that lead to it: ` backfill start`, or the empty string for the program. */
interface Place {
  path: string;
  options: readonly Word[];
  words: readonly Word[];
}

/** The script of a shell. The user evaluates it, or stores it where the shell looks for completions. */
export function completionScript(shell: Shell, tree: CompletionTree): string {
  const places = placesOf(tree, '', []);
  if (shell === 'bash') return bash(tree.name, places);
  return shell === 'zsh' ? zsh(tree.name, places) : fish(tree.name, places);
}

/** The options of a command are valid for its subcommands too. */
function placesOf(tree: CompletionTree, path: string, inherited: readonly Word[]): Place[] {
  const options = [...tree.options, ...inherited];
  const words = [...tree.commands.map(({ name: word, about }) => ({ word, about })), ...tree.values];
  return [
    { path, options, words },
    ...tree.commands.flatMap((command) => placesOf(command, `${path} ${command.name}`, options)),
  ];
}

const pathsOf = (places: readonly Place[]): string =>
  places
    .map(({ path }) => path)
    .filter((path) => path !== '')
    .map(quoted)
    .join('|');

/** What bash and zsh have in common: finds the place that the words before the cursor lead to, and runs its case. */
function choosing(words: string, places: readonly Place[], cases: readonly string[]): string {
  return `  for word in ${words}; do
    case "$place $word" in
      ${pathsOf(places)}) place="$place $word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac`;
}

function bash(name: string, places: readonly Place[]): string {
  const cases = places.map(({ path, options, words }) => {
    const all = [...words, ...options].map(({ word }) => word).join(' ');
    return `    ${quoted(path)}) words=${quoted(all)} ;;`;
  });
  return `# Completion of ${name} for bash: eval "$(${name} completion bash)"
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} place='' word words=''
${choosing(`"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`, places, cases)}
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}`;
}

function zsh(name: string, places: readonly Place[]): string {
  const list = (words: readonly Word[]): string =>
    words.map(({ word, about }) => quoted(`${word.replace(/:/g, '\\:')}:${about}`)).join(' ');
  const cases = places.map(
    ({ path, options, words }) => `    ${quoted(path)}) commands=(${list(words)}); options=(${list(options)}) ;;`,
  );
  return `#compdef ${name}
# Completion of ${name} for zsh: source <(${name} completion zsh)
_${name}() {
  local place='' word
  local -a commands options
${choosing(`"\${(@)words[2,CURRENT-1]}"`, places, cases)}
  if [[ "$words[CURRENT]" == -* ]]; then
    _describe option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}
compdef _${name} ${name}`;
}

function fish(name: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ path, options, words }) => {
    const here = `complete -c ${name} -n ${quoted(`test (__${name}_place) = "${path}"`)}`;
    return [
      ...words.map(({ word, about }) => `${here} -f -a ${quoted(word)} -d ${quoted(about)}`),
      ...options.map(({ word, about }) => `${here} -l ${word.replace(/^--/, '')} -d ${quoted(about)}`),
    ];
  });
  return `# Completion of ${name} for fish: ${name} completion fish | source
function __${name}_place
  set -l place ''
  for word in (commandline -opc)[2..-1]
    switch "$place $word"
      case ${places
        .filter(({ path }) => path !== '')
        .map(({ path }) => quoted(path))
        .join(' ')}
        set place "$place $word"
    end
  end
  echo "$place"
end
${lines.join('\n')}`;
}

/** In single quotes; these three shells agree on all but the quote itself. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, '’')}'`;
}
