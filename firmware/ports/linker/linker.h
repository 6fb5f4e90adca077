// What the C that firmware/linker writes is made of; see there.

#include "py/obj.h"
#include "py/objfun.h"
#include "py/objmodule.h"
#include "py/objtuple.h"
#include "py/objtype.h"
#include "py/runtime.h"

// As mp_obj_fun_bc_t, with a known number of default arguments.
#define LINKED_FUN_0 \
    struct { \
        mp_obj_base_t base; \
        const mp_module_context_t *context; \
        void *child_table; \
        const byte *bytecode; \
    }
#define LINKED_FUN(n) \
    struct { \
        mp_obj_base_t base; \
        const mp_module_context_t *context; \
        void *child_table; \
        const byte *bytecode; \
        mp_rom_obj_t extra_args[n]; \
    }

#if MICROPY_PY_SYS_SETTRACE
#error "linked functions have no place for what sys.settrace needs"
#endif

// As mp_obj_property_t of py/objproperty.c.
typedef struct _linked_property_t {
    mp_obj_base_t base;
    mp_rom_obj_t proxy[3];
} linked_property_t;

typedef struct _linked_names_t {
    uint16_t name; // a qstr
    uint16_t size;
    uint16_t known; // how many attributes of those are in ROM
    const mp_module_context_t *context;
    const mp_rom_map_elem_t *attributes; // those, then the names of others in the dictionary that linked code shares
} linked_names_t;

// Begins as mp_obj_module_t does, so that a module that was made by an import can become one.
typedef struct _linked_module_t {
    mp_obj_base_t base;
    const linked_names_t *names;
} linked_module_t;

// As mp_obj_new_type() sets them.
#define LINKED_TYPE_FLAGS (MP_TYPE_FLAG_EQ_NOT_REFLEXIVE | MP_TYPE_FLAG_EQ_CHECKS_OTHER_TYPE \
    | MP_TYPE_FLAG_EQ_HAS_NEQ_TEST | MP_TYPE_FLAG_ITER_IS_GETITER | MP_TYPE_FLAG_INSTANCE_TYPE)

// of py/modsys.c, in no header
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(mp_sys_print_exception_obj);

extern const mp_obj_type_t linked_module_type;
extern const mp_obj_fun_builtin_fixed_t linked_begin_obj;
extern const mp_obj_fun_builtin_var_t linked_open_obj;

mp_obj_t linked_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args);
void linked_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind);
mp_obj_t linked_unary_op(mp_unary_op_t op, mp_obj_t self);
mp_obj_t linked_binary_op(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs);
void linked_attr(mp_obj_t self, qstr attr, mp_obj_t *dest);
mp_obj_t linked_subscr(mp_obj_t self, mp_obj_t index, mp_obj_t value);
