import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['build', '.svelte-kit', 'src/i18n/compiled', 'data', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // TypeScript resolves names; this rule does not know its types.
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Interfaces of ports are asynchronous even where one implementation answers at once.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // Kit's pages are reached by plain links; `resolve()` would hide where they lead.
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/require-each-key': 'error',
      'svelte/no-at-html-tags': 'error',
    },
  },
  {
    // svelte-check judges the types of components, and knows what this parser calls `any`. Rules that need types
    // would build the whole program anew for each component: 200 s instead of 30.
    files: ['**/*.svelte'],
    ...ts.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: {
        ...ts.configs.disableTypeChecked.languageOptions.parserOptions,
        parser: ts.parser,
        svelteConfig,
      },
    },
  },
  {
    // What an operator reads on a terminal.
    files: [
      'server/main.ts',
      'server/admin.ts',
      'server/admin/**',
      'server/demo.ts',
      'server/prepare.js',
      'test/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js'],
    ...ts.configs.disableTypeChecked,
  },
  {
    files: ['src/service-worker/**'],
    languageOptions: {
      globals: globals.serviceworker,
      parserOptions: { projectService: false, project: ['src/service-worker/tsconfig.json'] },
    },
  },
);
