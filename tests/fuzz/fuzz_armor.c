/* Armor: any text; what decodes must survive a second trip. */
#include "common/def.h"
#include "common/armor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf raw = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(2 * SM_BUF_SMALL);
	struct sm_buf again = SM_BUF_INIT(SM_BUF_SMALL);

	if (sm_armor_decode(&raw, SM_ARMOR_PUBLIC, sm_str_n(data, size),
			    NULL) == 0) {
		if (sm_armor_encode(&text, SM_ARMOR_PUBLIC, sm_buf_str(&raw)) <
			    0 ||
		    sm_armor_decode(&again, SM_ARMOR_PUBLIC, sm_buf_str(&text),
				    NULL) < 0 ||
		    !sm_str_eq(sm_buf_str(&raw), sm_buf_str(&again)))
			abort();
	}
	sm_buf_release(&raw);
	sm_buf_release(&text);
	sm_buf_release(&again);
	return 0;
}
