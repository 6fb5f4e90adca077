# The user C module that linked frozen code needs, for ports that are built with cmake.

add_library(usermod_microdot_linker INTERFACE)
target_sources(usermod_microdot_linker INTERFACE ${CMAKE_CURRENT_LIST_DIR}/linker.c)
target_include_directories(usermod_microdot_linker INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(usermod INTERFACE usermod_microdot_linker)
