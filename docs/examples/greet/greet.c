/*
 * greet: says hello to everybody named, or to the world. The word to greet
 * with is the first line of /etc/greet.conf, or of the file that GREET_CONF
 * names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64

static void read_word(char *word, size_t size)
{
	const char *path = getenv("GREET_CONF");
	FILE *f = fopen(path ? path : "/etc/greet.conf", "r");

	(void)snprintf(word, size, "Hello");
	if (!f)
		return;
	if (fgets(word, (int)size, f))
		word[strcspn(word, "\n")] = '\0';
	(void)fclose(f);
}

int main(int argc, char **argv)
{
	char word[WORD_MAX];

	read_word(word, sizeof(word));
	if (argc < 2)
		return printf("%s, world\n", word) < 0;
	for (int i = 1; i < argc; i++)
		if (printf("%s, %s\n", word, argv[i]) < 0)
			return 1;
	return 0;
}
