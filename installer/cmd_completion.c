/*
 * completion: the script for a shell. It also holds the list of all commands,
 * which main.c chooses from.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "installer/complete.h"

const struct inst_verb *const inst_cmd_completion_verbs[] = {
	&inst_cmd_completion, &inst_cmd_doctor,  &inst_cmd_download,
	&inst_cmd_history,    &inst_cmd_install, &inst_cmd_list,
	&inst_cmd_rollback,   &inst_cmd_status,  &inst_cmd_uninstall,
	&inst_cmd_update,     &inst_cmd_verify,  NULL,
};

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	size_t n = 0;
	int r;

	if (!s->n_args)
		return sm_err_set(e, SM_EUSAGE,
				  "which shell? (bash, zsh or fish)");
	while (inst_cmd_completion_verbs[n])
		n++;
	r = inst_complete_script(s->args[0], inst_cmd_completion_verbs, n,
				 &text, e);
	if (r >= 0)
		(void)fwrite(text.ptr, 1, text.len, out->out); /* flush says */
	sm_buf_release(&text);
	return r;
}

const struct inst_verb inst_cmd_completion = {
	"completion",
	0,
	1,
	"completion bash|zsh|fish",
	"Prints the completion script for a shell: put it into the file that "
	"the shell\nreads, or 'source <(session-manager-installer completion "
	"bash)'.\n",
	run,
	"bash zsh fish",
};
