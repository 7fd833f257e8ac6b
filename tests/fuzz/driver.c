/*
 * Replays files through a fuzz target without libFuzzer, so that every build
 * runs the corpus. Each argument is a file or a folder of files; one line of
 * TAP per file. A crash or a sanitizer's report ends the program and, with
 * it, the line that was due. It makes no inputs of its own: that is the
 * work of `make fuzz`.
 */
#include "common/def.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than any corpus file; the targets have limits of their own. */
#define INPUT_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int n_files;

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL, *exact;
	size_t len = 0;

	if (!f || !(data = malloc(INPUT_MAX))) {
		printf("Bail out! cannot read '%s'\n", path);
		exit(1);
	}
	len = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* a block of exactly this size lets the sanitizer see each overrun */
	if (!(exact = malloc(len ? len : 1))) {
		printf("Bail out! out of memory\n");
		exit(1);
	}
	memcpy(exact, data, len);
	free(data);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	printf("ok %d - %s\n", ++n_files, path);
	fflush(stdout);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void run_folder(const char *path)
{
	struct dirent **list;
	char file[4096];
	int i, n = scandir(path, &list, NULL, by_name);

	if (n < 0) {
		printf("Bail out! cannot read folder '%s'\n", path);
		exit(1);
	}
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			snprintf(file, sizeof(file), "%s/%s", path,
				 list[i]->d_name);
			run_file(file);
		}
		free(list[i]);
	}
	free(list);
}

int main(int argc, char **argv)
{
	struct stat st;
	int i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			run_folder(argv[i]);
		else
			run_file(argv[i]);
	}
	/* a target without a corpus is a mistake, not a success */
	if (!n_files)
		printf("not ok 1 - no corpus\n");
	printf("1..%d\n", n_files ? n_files : 1);
	return n_files ? 0 : 1;
}
