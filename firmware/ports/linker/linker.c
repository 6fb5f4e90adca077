// The part of firmware/linker that runs on the device: it brings linked modules into being.
//
// All linked functions have one dictionary as their globals, for what is not in ROM. It has the name and the path of the
// package, from which relative imports in linked functions start.

#include "linker.h"

#include <string.h>

MP_REGISTER_ROOT_POINTER(mp_obj_dict_t linked_globals);

// ---- modules

// The place of an attribute's value; NULL when there is no such attribute.
static mp_map_elem_t *lookup(const linked_names_t *names, qstr attr, bool *in_rom) {
    mp_map_t attributes;
    mp_map_init_fixed_table(&attributes, names->size, (const mp_obj_t *)names->attributes);
    mp_map_elem_t *elem = mp_map_lookup(&attributes, MP_OBJ_NEW_QSTR(attr), MP_MAP_LOOKUP);
    *in_rom = elem != NULL && elem < attributes.table + names->known;
    if (elem != NULL && !*in_rom) {
        elem = mp_map_lookup(&MP_STATE_VM(linked_globals).map, elem->value, MP_MAP_LOOKUP);
    }
    return elem;
}

static mp_obj_t load(const linked_names_t *names, qstr attr) {
    bool in_rom;
    mp_map_elem_t *elem = lookup(names, attr, &in_rom);
    if (elem != NULL) {
        return elem->value;
    }
    if (attr == MP_QSTR___name__) {
        return MP_OBJ_NEW_QSTR(names->name);
    }
    if (attr == MP_QSTR___file__) {
        return MP_OBJ_NEW_QSTR(names->context->constants.qstr_table[0]);
    }
    elem = lookup(names, MP_QSTR___getattr__, &in_rom);
    if (elem != NULL && attr != MP_QSTR___getattr__) {
        return mp_call_function_1(elem->value, MP_OBJ_NEW_QSTR(attr));
    }
    return MP_OBJ_NULL;
}

static void module_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    const linked_names_t *names = ((linked_module_t *)MP_OBJ_TO_PTR(self_in))->names;
    if (dest[0] == MP_OBJ_NULL) {
        dest[0] = load(names, attr);
    } else if (dest[1] != MP_OBJ_NULL) {
        bool in_rom;
        mp_map_elem_t *elem = lookup(names, attr, &in_rom);
        if (elem != NULL && !in_rom) {
            elem->value = dest[1];
            dest[0] = MP_OBJ_NULL;
        } else if (mp_obj_is_type(dest[1], &mp_type_module) || mp_obj_is_type(dest[1], &linked_module_type)) {
            dest[0] = MP_OBJ_NULL; // the import of a submodule, which sys.modules keeps
        }
    }
}

static void module_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    (void)kind;
    mp_printf(print, "<module '%q'>", ((linked_module_t *)MP_OBJ_TO_PTR(self_in))->names->name);
}

MP_DEFINE_CONST_OBJ_TYPE(
    linked_module_type,
    MP_QSTR_module,
    MP_TYPE_FLAG_NONE,
    print, module_print,
    attr, module_attr
    );

// ---- classes

// What py/objtype.c puts into the slots of every class that is made in Python; most of it has no name outside.
static struct {
    mp_make_new_fun_t make_new;
    mp_print_fun_t print;
    mp_unary_op_fun_t unary_op;
    mp_binary_op_fun_t binary_op;
    mp_attr_fun_t attr;
    mp_subscr_fun_t subscr;
} slots;

mp_obj_t linked_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    return slots.make_new(type, n_args, n_kw, args);
}

void linked_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind) {
    slots.print(print, self, kind);
}

mp_obj_t linked_unary_op(mp_unary_op_t op, mp_obj_t self) {
    return slots.unary_op(op, self);
}

mp_obj_t linked_binary_op(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs) {
    return slots.binary_op(op, lhs, rhs);
}

void linked_attr(mp_obj_t self, qstr attr, mp_obj_t *dest) {
    slots.attr(self, attr, dest);
}

mp_obj_t linked_subscr(mp_obj_t self, mp_obj_t index, mp_obj_t value) {
    return slots.subscr(self, index, value);
}

static mp_obj_type_t *new_class(qstr name) {
    mp_obj_t base = MP_OBJ_FROM_PTR(&mp_type_object);
    return MP_OBJ_TO_PTR(mp_obj_new_type(name, mp_obj_new_tuple(1, &base), mp_obj_new_dict(0)));
}

// Make an open class of `rom`, the class as it was written: it has its attributes in RAM and derives from that. With a third
// argument, which is its base and an open class too, it derives from that one, and what it adds is in RAM.
static mp_obj_t linked_open(size_t n_args, const mp_obj_t *args) {
    const mp_obj_type_t *rom = MP_OBJ_TO_PTR(args[1]);
    mp_obj_type_t *type = new_class(mp_obj_str_get_qstr(args[0]));
    const mp_obj_type_t *parent = rom;
    if (n_args == 3) {
        mp_obj_type_t *base = MP_OBJ_TO_PTR(args[2]);
        base->flags |= MP_TYPE_FLAG_IS_SUBCLASSED;
        parent = base;
    }
    MP_OBJ_TYPE_SET_SLOT(type, parent, parent, type->slot_index_parent - 1);
    type->flags |= rom->flags | (parent->flags & MP_TYPE_FLAG_HAS_SPECIAL_ACCESSORS);
    if (parent != rom && MP_OBJ_TYPE_HAS_SLOT(rom, locals_dict)) {
        const mp_map_t *members = &MP_OBJ_TYPE_GET_SLOT(rom, locals_dict)->map;
        mp_obj_dict_t *own = MP_OBJ_TYPE_GET_SLOT(type, locals_dict);
        for (size_t i = 0; i < members->used; i++) {
            mp_obj_dict_store(MP_OBJ_FROM_PTR(own), members->table[i].key, members->table[i].value);
        }
    }
    return MP_OBJ_FROM_PTR(type);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(linked_open_obj, 2, 3, linked_open);

// ---- units

static void begin_package(const linked_names_t *names, size_t size) {
    mp_obj_dict_t *shared = &MP_STATE_VM(linked_globals);
    mp_obj_dict_init(shared, size + 2);
    static const uint16_t own[] = {MP_QSTR___name__, MP_QSTR___path__};
    for (size_t i = 0; i < MP_ARRAY_SIZE(own); i++) {
        mp_obj_dict_store(MP_OBJ_FROM_PTR(shared), MP_OBJ_NEW_QSTR(own[i]), load(names, own[i]));
    }
    mp_obj_type_t *type = new_class(MP_QSTR_object);
    slots.make_new = MP_OBJ_TYPE_GET_SLOT(type, make_new);
    slots.print = MP_OBJ_TYPE_GET_SLOT(type, print);
    slots.unary_op = MP_OBJ_TYPE_GET_SLOT(type, unary_op);
    slots.binary_op = MP_OBJ_TYPE_GET_SLOT(type, binary_op);
    slots.attr = MP_OBJ_TYPE_GET_SLOT(type, attr);
    slots.subscr = MP_OBJ_TYPE_GET_SLOT(type, subscr);
}

// Called first by the code of a unit, with (names that it adds, the module that is being imported, more modules ...):
// puts the modules into sys.modules, and has the code go on with the shared dictionary.
static mp_obj_t linked_begin(mp_obj_t unit) {
    size_t n;
    mp_obj_t *items;
    mp_obj_tuple_get(unit, &n, &items);
    mp_map_t *loaded = &MP_STATE_VM(mp_loaded_modules_dict).map;
    const linked_module_t *root = MP_OBJ_TO_PTR(items[1]);
    mp_map_elem_t *elem = mp_map_lookup(loaded, MP_OBJ_NEW_QSTR(root->names->name), MP_MAP_LOOKUP);
    if (root->names->name == MP_QSTR_microdot) {
        begin_package(root->names, MP_OBJ_SMALL_INT_VALUE(items[0]));
    }
    *(linked_module_t *)MP_OBJ_TO_PTR(elem->value) = *root;
    mp_globals_set(&MP_STATE_VM(linked_globals));
    mp_locals_set(&MP_STATE_VM(linked_globals));
    for (size_t i = 2; i < n; i++) {
        qstr name = ((const linked_module_t *)MP_OBJ_TO_PTR(items[i]))->names->name;
        mp_map_lookup(loaded, MP_OBJ_NEW_QSTR(name), MP_MAP_LOOKUP_ADD_IF_NOT_FOUND)->value = items[i];
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(linked_begin_obj, linked_begin);
